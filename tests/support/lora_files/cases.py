"""Every dialect, and who says what it must do."""

from functools import partial
from typing import Any

from tests.support.lora_files import documented_files as documented
from tests.support.lora_files import lycoris_files as lycoris
from tests.support.lora_files import peft_files as peft
from tests.support.lora_files.lycoris_files import Lycoris, Weights, large, linear_or_conv, merged, of_forward, spatial
from tests.support.lora_files.made import Case
from tests.support.lora_files.naming import kohya_original

_MERGE = "LyCORIS 4.1.3, merge"
_FORWARD = "LyCORIS 4.1.3, forward"
_FORMULA = "float64 formula"
_FUSE = "PEFT 0.21.2, merge (diffusers' fuse_lora)"


def _lycoris(name: str, module: str, weights: Weights, want: Any = linear_or_conv, **options: Any) -> Case:
    exact = module not in ("DiagOFTModule", "ButterflyOFTModule")
    source = _MERGE if weights is merged else _FORWARD
    return Case(
        name,
        source,
        Lycoris(
            module, {"alpha": 2, **options}, weights, want, exact=exact, spread=0.7 if weights is of_forward else 0.3
        ),
    )


def _large_and_spatial(module: Any) -> bool:
    return large(module) and spatial(module)


_LOCON = {"lora_dim": 4}
CASES = (
    _lycoris("LoRA, LoCon (sd-scripts)", "LoConModule", merged, **_LOCON),
    Case(
        "LoRA (sd-scripts), original names",
        _MERGE,
        Lycoris("LoConModule", {"lora_dim": 4, "alpha": 2}, merged, lycoris.in_blocks, kohya_original),
    ),
    Case("LoRA (sd-scripts), no alpha, fp16", _FORMULA, documented.without_alpha),
    Case("LoRA and diff_b", _FORMULA, documented.bias_beside_lora),
    _lycoris("LoCon, lora_mid (Tucker)", "LoConModule", merged, spatial, **_LOCON, use_tucker=True),
    Case("LoRA, scalar", _FORMULA, documented.with_scalar),
    _lycoris("LoHa", "LohaModule", of_forward, **_LOCON),
    _lycoris("LoHa, hada_t (Tucker)", "LohaModule", of_forward, spatial, **_LOCON, use_tucker=True),
    _lycoris("LoKr, whole w1, factored w2", "LokrModule", of_forward, lora_dim=2, factor=4),
    _lycoris("LoKr, both factored", "LokrModule", of_forward, large, lora_dim=1, factor=4, decompose_both=True),
    _lycoris("LoKr, both whole", "LokrModule", of_forward, lora_dim=2, factor=4, full_matrix=True),
    _lycoris(
        "LoKr, lokr_t2 (Tucker)", "LokrModule", of_forward, _large_and_spatial, lora_dim=2, factor=4, use_tucker=True
    ),
    _lycoris("DoRA on LoRA", "LoConModule", merged, **_LOCON, weight_decompose=True),
    _lycoris(
        "DoRA on LoRA, magnitudes (1, in)", "LoConModule", merged, **_LOCON, weight_decompose=True, wd_on_out=False
    ),
    _lycoris("DoRA on LoHa", "LohaModule", of_forward, **_LOCON, weight_decompose=True),
    _lycoris("DoRA on LoKr", "LokrModule", of_forward, lora_dim=2, factor=4, weight_decompose=True),
    _lycoris(
        "DoRA on LoKr, magnitudes (1, in)",
        "LokrModule",
        of_forward,
        lora_dim=2,
        factor=4,
        weight_decompose=True,
        wd_on_out=False,
    ),
    _lycoris("(IA)^3 on outputs", "IA3Module", merged, train_on_input=False),
    _lycoris("(IA)^3 on inputs", "IA3Module", merged, train_on_input=True),
    _lycoris("full diff, diff_b", "FullModule", merged),
    _lycoris("norms: w_norm, b_norm", "NormModule", merged, lycoris.norm),
    _lycoris("GLoRA", "GLoRAModule", merged, **_LOCON),
    Case("GLoRA, early layout", _FORMULA, documented.old_glora),
    _lycoris("OFT", "DiagOFTModule", merged, large, lora_dim=4, constraint=0),
    _lycoris("OFT, constraint and rescale", "DiagOFTModule", merged, large, lora_dim=4, constraint=0.02, rescaled=True),
    Case("OFT of sd-scripts", _FORMULA, documented.oft_of_sd_scripts),
    _lycoris("BOFT", "ButterflyOFTModule", merged, large, lora_dim=12, constraint=0),
    _lycoris(
        "BOFT, constraint and rescale", "ButterflyOFTModule", merged, large, lora_dim=12, constraint=0.02, rescaled=True
    ),
    Case("PEFT", _FUSE, peft.peft),
    Case("PEFT, alphas in the metadata", _FUSE, peft.with_metadata),
    Case("PEFT, base_model.model.", _FUSE, peft.peft_alone),
    Case("PEFT, DoRA", _FUSE, partial(peft.peft, dora=True)),
    Case("diffusers: lora.down, lora_linear_layer", _FUSE, peft.diffusers_names),
    Case("diffusers, alphas", _FORMULA, documented.dotted_alphas),
    Case("diffusers, attention processors", _FORMULA, documented.old_attention_processors),
    Case("diffusers, processors of the UNet alone", _FORMULA, documented.unet_processors_alone),
    Case("cloneofsimo safeloras, new order", _FORMULA, partial(documented.safeloras, new_order=True)),
    Case("cloneofsimo safeloras, old order", _FORMULA, partial(documented.safeloras, new_order=False)),
    Case("cloneofsimo safeloras, with resnets", _FORMULA, documented.extended_safeloras),
    Case("cloneofsimo .pt, UNet, new order", _FORMULA, partial(documented.tensor_list, part="unet", new_order=True)),
    Case("cloneofsimo .pt, UNet, old order", _FORMULA, partial(documented.tensor_list, part="unet", new_order=False)),
    Case("cloneofsimo .pt, text encoder", _FORMULA, partial(documented.tensor_list, part="text_encoder")),
)
