"""The small model in KServe's server, which speaks both versions of the protocol. Usage: kserve_model.py MODEL PORT"""

import sys

import kserve
import numpy as np
from kserve import InferOutput, InferRequest, InferResponse

from small_model import SmallNetwork


class SmallModel(kserve.Model):
    def __init__(self, path):
        super().__init__("small")
        self.network = SmallNetwork(path)
        self.ready = True

    async def get_input_types(self):
        return [{"name": "image", "datatype": "UINT8", "shape": [-1, *self.network.shape]}]

    async def get_output_types(self):
        return [{"name": "probabilities", "datatype": "FP32", "shape": [-1, self.network.classes]}]

    async def predict(self, payload, headers=None, response_headers=None):
        if isinstance(payload, InferRequest):
            probabilities = self.network(payload.inputs[0].as_numpy())
            output = InferOutput("probabilities", list(probabilities.shape), "FP32")
            output.set_data_from_numpy(probabilities, binary_data=False)
            return InferResponse(response_id=payload.id or "", model_name=self.name, infer_outputs=[output])
        probabilities = self.network(np.array(payload["instances"], np.uint8))
        return {"predictions": probabilities.tolist()}


if __name__ == "__main__":
    kserve.ModelServer(http_port=int(sys.argv[2]), enable_grpc=False, workers=1).start([SmallModel(sys.argv[1])])
