import subprocess
import sys


def test_the_room_is_imported_without_the_validator_or_anything_heavier() -> None:
    heavy = (
        "jsonschema",
        "jsonschema_rs",
        "torch",
        "numpy",
        "onnx",
        "huggingface_hub",
        "diffusers",
        "transformers",
        "typer",
    )
    ours = "converter.registry, converter.plan, converter.plan_rendering, converter.workflow"
    code = f"import sys, {ours}; print([module for module in {heavy} if module in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_registry_without_mistakes_does_not_import_jsonschema() -> None:
    text = b'{"diffusion": [{"name": "fine", "source": "a/b"}]}'
    code = (
        f"import sys; from converter.registry import load_registry; found = load_registry({text!r}, 'r')"
        "; print(len(found.entries), 'jsonschema' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 False\n"
