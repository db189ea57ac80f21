"""OpenVINO on the CPU in float32: an inference case, images per second and peak memory of this process.

Usage: openvino_cpu.py CASE [--setting latency|throughput] [--threads N] [--seconds 2]
`latency` runs one batch at a time on all threads; `throughput` keeps as many batches in flight as OpenVINO wants.
"""

import openvino

import exported
import timing

SETTINGS = ("latency", "throughput")


def main():
    options = timing.arguments(__doc__, SETTINGS).parse_args()
    case = options.case
    with exported.network(case) as (path, parameters):
        model = openvino.Core().compile_model(path, "CPU", {
            "PERFORMANCE_HINT": options.setting.upper(), "INFERENCE_NUM_THREADS": options.threads,
            "INFERENCE_PRECISION_HINT": "f32"})
    images = exported.images(case)
    if options.setting == "latency":
        request = model.create_infer_request()
        batches = 1

        def run():
            request.infer({0: images}, share_inputs=True)
    else:
        queue = openvino.AsyncInferQueue(model)
        batches = len(queue)

        def run():
            for _ in range(batches):
                queue.start_async({0: images}, share_inputs=True)
            queue.wait_all()

    rates = [rate * batches for rate in timing.measure(run, options.seconds)]
    timing.report(
        case, "openvino", openvino.__version__.split("-")[0], options.setting, options.threads, rates, parameters)


if __name__ == "__main__":
    main()
