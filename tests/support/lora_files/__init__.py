"""LoRA files made from a seed in every dialect, each with what it must do to each parameter of a tiny model.

The expected values come from another implementation than ours: LyCORIS' own modules, PEFT's merge (which is what
diffusers' `fuse_lora` calls), or the paper's formula in float64.
"""
