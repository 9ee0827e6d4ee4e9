"""Training of what looks at pictures: classifiers on EfficientNet-Lite0, and the modality gate."""
