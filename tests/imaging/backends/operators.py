"""Lets torchvision be imported beside a torch for the CPU alone, for the tests of extras.

Its wheel on PyPI is built for CUDA and cannot load its operators there; the libraries under test
use none of them. Declared here, and only in tests: a user is told to install the build that fits.
"""

import torch

_DECLARED: list[torch.library.Library] = []
_NAMES = (
    "roi_align",
    "_roi_align_backward",
    "ps_roi_align",
    "_ps_roi_align_backward",
    "roi_pool",
    "_roi_pool_backward",
    "ps_roi_pool",
    "_ps_roi_pool_backward",
    "qroi_align",
    "deform_conv2d",
    "_deform_conv2d_backward",
    "nms",
    "qnms",
)


def declare() -> None:
    """Declare the names of torchvision's operators where nothing can run them."""
    if _DECLARED or hasattr(torch.ops.torchvision, "nms"):
        return
    library = torch.library.Library("torchvision", "DEF")
    for name in _NAMES:
        library.define(f"{name}(Tensor x) -> Tensor")
    _DECLARED.append(library)
