"""The numbers of StructuralSimilarityTests, from scikit-image on images of integer arithmetic.

Made with scikit-image 0.26.0, NumPy 2: python structural_similarity_golden.py
"""

import numpy as np
from skimage.metrics import structural_similarity


def drawn(channels, height, width):
    k, y, x = np.mgrid[0:channels, 0:height, 0:width]
    return (37 * x + 59 * y + 101 * k + 65 + (x * y * (k + 1)) % 97 + (x // 4 + y // 5) % 2 * 60) % 256


def changed(image, amount):
    k, y, x = np.mgrid[tuple(slice(side) for side in image.shape)]
    sign = (3 * x + 5 * y + 7 * k + 2) % 11
    return np.clip(image + amount * np.where(sign < 4, 1, np.where(sign < 8, -1, 0)), 0, 255)


for channels, height, width, amount in [(3, 32, 32, 8), (1, 28, 28, 64), (3, 17, 40, 3), (1, 11, 11, 20), (3, 64, 64, 1)]:
    first = drawn(channels, height, width)
    second = changed(first, amount)
    values = [
        structural_similarity(
            a.astype(float), b.astype(float), gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
            data_range=255)
        for a, b in zip(first, second)
    ]
    print(channels, height, width, amount, repr(float(np.mean(values))))
