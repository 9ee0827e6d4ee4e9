"""Other people's image models behind our protocol: chosen by an operator, imported only then.

None ships. What each may say is a closed list of our labels, its weights are safetensors, none of
its code is run, and until somebody has measured it here, nothing that it says weighs anything.
"""

from assistant.registry import Backend

OTHERS: dict[str, Backend] = {
    "torchxrayvision": Backend(
        "assistant.imaging.backends.torchxrayvision:TorchXRayVision", "torchxrayvision", "xray"
    ),
    "timm": Backend("assistant.imaging.backends.timm:Timm", "timm", "timm"),
    "huggingface": Backend("assistant.imaging.backends.huggingface:HuggingFace"),
    "zero-shot": Backend("assistant.imaging.backends.zero_shot:ZeroShot"),
    "openai-style": Backend("assistant.imaging.backends.openai_style:OpenAIStyle"),
}
