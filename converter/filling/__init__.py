"""What ships with the package, made: the graph templates and key maps of the known architectures.

`python -m converter.filling` is for those who change the pins of the tracing libraries, tracing itself or a config.
Nothing else imports this room: whoever converts finds everything in the boxes.
"""

from converter.filling.key_maps import boxed_key_maps
from converter.filling.templates import boxed_templates

__all__ = ["boxed_key_maps", "boxed_templates"]
