"""The small model as a runtime of MLServer's."""

import os

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

from small_model import SmallNetwork


class SmallModel(MLModel):
    async def load(self) -> bool:
        self.network = SmallNetwork(os.environ["SMALL_MODEL"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        images = NumpyCodec.decode_input(payload.inputs[0])
        return InferenceResponse(
            model_name=self.name, model_version=self.version,
            outputs=[NumpyCodec.encode_output("probabilities", self.network(images))])
