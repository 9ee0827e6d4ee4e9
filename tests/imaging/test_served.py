"""What is served computes what the network in torch computes."""

import pytest
import torch

from assistant.imaging.graph import INNER, LAST, lite0_graph
from assistant.imaging.lite0 import Lite0, pretrained
from assistant.imaging.served import Served
from assistant.imaging.tiny import Tiny


@pytest.fixture(scope="module")
def network(backbone_dir) -> Lite0:
    return pretrained(backbone_dir)


# sides that a stride of 2 divides, and some that it does not: padding differs
@pytest.mark.parametrize(("high", "wide"), [(64, 64), (128, 96), (65, 101), (97, 32)])
@pytest.mark.parametrize("threads", [1, 2])
def test_same_maps_as_torch(network, high, wide, threads):
    torch.manual_seed(high)
    x = torch.randn(3, 3, high, wide)
    served = Served(network, threads)
    with torch.inference_mode():
        meant_levels, last = network.levels(x)
        *early, middle = meant_levels
        assert last.std() > 0.1
        for found, meant in (
            (served.maps(x), last), (served.inner(x), middle), (served.levels(x)[1], last),
            *zip(served.levels(x)[0], [*early, middle], strict=True),
        ):  # fmt: skip
            assert found.shape == meant.shape
            assert torch.allclose(found, meant, atol=1e-3)


def test_order_of_memory_does_not_matter(network):
    x = torch.randn(2, 3, 64, 64)
    served = Served(network, 1)
    there = served.maps(x.contiguous(memory_format=torch.channels_last))
    assert torch.equal(there, served.maps(x))


def test_company_in_a_batch_changes_nothing(network):
    x = torch.randn(4, 3, 64, 64)
    served = Served(network, 1)
    together = served.maps(x)
    for at in range(4):
        assert torch.allclose(together[at], served.maps(x[at : at + 1])[0], atol=1e-4)


def test_networks_that_are_not_lite0_stay_in_torch():
    tiny = Tiny().eval()
    x = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(Served(tiny, 1).maps(x), tiny.maps(x), atol=1e-4)
    with pytest.raises(TypeError):
        Served(tiny, 1).inner(x)


def test_what_no_output_needs_is_left_out(network):
    from assistant.imaging.folding import folded

    whole, inner = (lite0_graph(folded(network), (out,)) for out in (LAST, INNER))
    assert len(inner) < len(whole) / 2


def test_network_that_was_not_folded_is_refused(network):
    with pytest.raises(TypeError):
        lite0_graph(network)
