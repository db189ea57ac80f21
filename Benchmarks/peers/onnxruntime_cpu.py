"""ONNX Runtime on the CPU: an inference case, images per second and peak memory of this process.

Usage: onnxruntime_cpu.py CASE [--threads N] [--seconds 2]
"""

import onnxruntime

import exported
import timing


def main():
    options = timing.arguments(__doc__, ("default",)).parse_args()
    case = options.case
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads = options.threads
    session_options.inter_op_num_threads = 1
    session_options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    with exported.network(case) as (path, parameters):
        session = onnxruntime.InferenceSession(path, session_options, providers=["CPUExecutionProvider"])
    images = exported.images(case)
    rates = timing.measure(lambda: session.run(None, {"images": images}), options.seconds)
    timing.report(
        case, "onnxruntime", onnxruntime.__version__, options.setting, options.threads, rates, parameters)


if __name__ == "__main__":
    main()
