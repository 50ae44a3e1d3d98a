"""The one torch module whose pickle is read: `ParameterDict`, in which trainers of embeddings keep their vectors.

Source: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/container.py (`ParameterDict`) and
https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/module.py (`Module.__init__`), BSD-3-Clause
"""

PARAMETER_DICT = "torch.nn.modules.container.ParameterDict"
_OTHER_CONTENT = ("_buffers", "_modules")


class ParameterDict(dict[object, object]):
    """The parameters of such a module, by name; empty until its state was read."""

    def fill(self, state: object) -> None:
        """Take the parameters from the state that torch pickles.

        Raises:
            ValueError: it holds something else than parameters, or is no module's state.
        """
        parameters = state.get("_parameters") if isinstance(state, dict) else None
        if not isinstance(state, dict) or not isinstance(parameters, dict) or self:
            raise ValueError("a ParameterDict without its parameters")
        if any(state.get(name) for name in _OTHER_CONTENT):
            raise ValueError("a ParameterDict that holds more than parameters")
        self.update(parameters)
