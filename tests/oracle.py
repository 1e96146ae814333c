"""Equations (1) to (7) of Leduc, Carrillo, Papadakis 2024 in slow, plainly looped float64 NumPy.

It imports nothing from huegraft and shares no trick with it: a difference between the two is an error in one of them.
"""

import math

import numpy as np
from scipy import ndimage

TAU = 0.015
DELTA_S = 10.0
DELTA_C = 0.1
EPSILON = 1e-4
SIGMA_FLOOR = 1e-5
SCT_RADIUS = 0.3
RGB_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])


def grey(picture):
    """Section 4.1, replicated to three channels."""
    luma = 0.299 * picture[..., 0] + 0.587 * picture[..., 1] + 0.114 * picture[..., 2]
    return np.stack([luma, luma, luma], axis=-1)


def area_average(picture, height, width):
    """Mean over the area that each new pixel covers."""
    old_height, old_width, channels = picture.shape
    result = np.zeros((height, width, channels))
    for y in range(height):
        for x in range(width):
            top, bottom = y * old_height / height, (y + 1) * old_height / height
            left, right = x * old_width / width, (x + 1) * old_width / width
            for row in range(math.floor(top), min(math.ceil(bottom), old_height)):
                for column in range(math.floor(left), min(math.ceil(right), old_width)):
                    covered_rows = min(bottom, row + 1) - max(top, row)
                    covered_columns = min(right, column + 1) - max(left, column)
                    result[y, x] += max(covered_rows, 0) * max(covered_columns, 0) * picture[row, column]
            result[y, x] /= (bottom - top) * (right - left)
    return result


def mean_over_superpixels(values, labels):
    """Section 2.1.3: F(i), the mean of (h, w, c) values over the pixels of superpixel i."""
    return np.array([values[labels == i].astype(float).mean(axis=0) for i in range(labels.max() + 1)])


def similarity(target, reference):
    """Equation (2)."""
    target_mean, reference_mean = target.mean(axis=0), reference.mean(axis=0)
    result = np.zeros((len(target), len(reference)))
    for i in range(len(target)):
        for j in range(len(reference)):
            t, r = target[i] - target_mean, reference[j] - reference_mean
            lengths = math.sqrt((t**2).sum()), math.sqrt((r**2).sum())
            result[i, j] = 0 if min(lengths) < 1e-8 else (t * r).sum() / (lengths[0] * lengths[1])
    return result


def softmax(row):
    """Over one row, as written, its largest entry taken off."""
    powers = [math.exp(value - max(row)) for value in row]
    return np.array([power / sum(powers) for power in powers])


def attention_transfer(similarities, weights, tau=TAU):
    """Equations (1) and (3)."""
    count = len(similarities[0])
    total = np.zeros(similarities[0].shape)
    for weight, layer in zip(weights, similarities, strict=True):
        for i in range(count):
            total[i] += weight * softmax(layer[i] / tau)
    return total / sum(weights)


def attention_colorize(similarities, weights, tau=TAU):
    """Equation (7)."""
    total = sum(weight * layer for weight, layer in zip(weights, similarities, strict=True))
    return np.array([softmax(row / tau) for row in total])


def pixel_vectors(picture, isotropic=False):
    """V(p) = [position, colour], positions as (y/H, x/W) or both over √(HW)."""
    height, width = picture.shape[:2]
    unit_y, unit_x = (math.sqrt(height * width),) * 2 if isotropic else (height, width)
    vectors = np.zeros((height, width, 5))
    for y in range(height):
        for x in range(width):
            vectors[y, x] = [(y + 0.5) / unit_y, (x + 0.5) / unit_x, *picture[y, x]]
    return vectors


def covariance(vectors, delta_s, delta_c, epsilon):
    """Equation (6) with ε on the diagonal."""
    centred = vectors - vectors.mean(axis=0)
    result = np.zeros((5, 5))
    for vector in centred:
        result += np.outer(vector, vector) / len(vectors)
    result[:2, :2] *= delta_s**2
    result[2:, 2:] *= delta_c**2
    result[:2, 2:] = result[2:, :2] = 0
    return result + epsilon * np.eye(5)


def fuse(
    picture,
    labels,
    attention,
    reference_colors,
    delta_s=DELTA_S,
    delta_c=DELTA_C,
    epsilon=EPSILON,
    sigma_g=None,
    sct=False,
    isotropic=False,
):
    """Equations (4) and (5), or Giraud's variant of the weights; the sum over j is not pulled out."""
    vectors = pixel_vectors(picture, isotropic)
    count = labels.max() + 1
    means = [vectors[labels == i].mean(axis=0) for i in range(count)]
    inverses = [np.linalg.inv(covariance(vectors[labels == i], delta_s, delta_c, epsilon)) for i in range(count)]
    fused = np.zeros(picture.shape)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            own = labels[y, x]
            q = np.full(count, np.inf)
            for i in range(count):
                if sct and math.dist(means[own][:2], means[i][:2]) >= SCT_RADIUS:
                    continue
                difference = vectors[y, x] - means[i]
                q[i] = difference @ inverses[own if sct else i] @ difference
            sigma = q.min() + SIGMA_FLOOR if sigma_g is None else sigma_g
            d = np.exp(-(q - q.min()) / sigma)
            w = d @ attention
            fused[y, x] = (w[:, None] * reference_colors).sum(axis=0) / w.sum()
    return fused


def lab_from_srgb(picture):
    """CIE 15:2004, 8.2.1, under the white of sRGB's own primaries."""
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    x, y, z = np.moveaxis(linear @ RGB_TO_XYZ.T / RGB_TO_XYZ.sum(axis=1), -1, 0)

    def f(t):
        return np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)

    return np.stack([116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))], axis=-1)


def srgb_from_lab(lab):
    """The inverse, unclipped."""
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * RGB_TO_XYZ.sum(axis=1)
    linear = np.linalg.solve(RGB_TO_XYZ, xyz[..., None])[..., 0]
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def bicubic(picture, height, width):
    """Cubic convolution with a = −0.75 at pixel centres, edges repeated."""
    a = -0.75

    def kernel(t):
        t = abs(t)
        if t <= 1:
            return (a + 2) * t**3 - (a + 3) * t**2 + 1
        return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0

    def along_first(values, size):
        result = np.zeros((size, *values.shape[1:]))
        for new in range(size):
            place = (new + 0.5) * len(values) / size - 0.5
            for old in range(math.floor(place) - 1, math.floor(place) + 3):
                result[new] += kernel(place - old) * values[min(max(old, 0), len(values) - 1)]
        return result

    return along_first(along_first(picture, height).swapaxes(0, 1), width).swapaxes(0, 1)


def finish(fused, target, colorize=False, rgb=False):
    """Sections 3.1 and 4.1."""
    height, width = target.shape[:2]
    if rgb:
        return np.clip(bicubic(fused, height, width), 0, 1)
    chroma = bicubic(lab_from_srgb(fused)[..., 1:], height, width)
    lightness = lab_from_srgb(grey(target) if colorize else target)[..., :1]
    return np.clip(srgb_from_lab(np.concatenate([lightness, chroma], axis=-1)), 0, 1)


def convolve(maps, weight, bias, reflect):
    """A 3×3 convolution of (c, h, w) maps."""
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)), mode="reflect" if reflect else "constant")
    return convolve_padded(padded, weight, bias)


def convolve_padded(padded, weight, bias, stride=1, dilation=1):
    """A convolution of (c, h, w) maps with a border, which their result lacks, one tap after the other."""
    height, width = (length - dilation * (weight.shape[2] - 1) for length in padded.shape[1:])
    result = np.zeros((len(weight), -(-height // stride), -(-width // stride))) + bias[:, None, None]
    for dy in range(0, dilation * weight.shape[2], dilation):
        for dx in range(0, dilation * weight.shape[3], dilation):
            seen = padded[:, dy : dy + height : stride, dx : dx + width : stride]
            result += np.einsum("oi,iyx->oyx", weight[:, :, dy // dilation, dx // dilation], seen)
    return result


def vgg19_bn(picture, tensors):
    """relu1_2, relu2_2 and relu3_4 without pooling, convolution → batch norm → ReLU."""
    maps = np.moveaxis((picture - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], -1, 0)
    taken = []
    for number in (0, 3, 7, 10, 14, 17, 20, 23):
        maps = convolve(maps, tensors[f"features.{number}.weight"], tensors[f"features.{number}.bias"], reflect=False)
        norm = {
            part: tensors[f"features.{number + 1}.{part}"][:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        }
        maps = (maps - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5) * norm["weight"] + norm["bias"]
        maps = np.maximum(maps, 0)
        if number in (3, 10, 23):
            taken.append(np.moveaxis(maps, 0, -1))
    return taken


def vgg19(picture, tensors):
    """relu1_2, relu2_2 and relu3_1 without pooling, reflect padding, the file's own preprocessing."""
    maps = np.einsum("oi,hwi->ohw", tensors["preprocess.weight"][:, :, 0, 0], picture)
    maps = maps + tensors["preprocess.bias"][:, None, None]
    taken = []
    for position in ("1_1", "1_2", "2_1", "2_2", "3_1"):
        weight, bias = tensors[f"conv{position}.weight"], tensors[f"conv{position}.bias"]
        maps = np.maximum(convolve(maps, weight, bias, reflect=True), 0)
        if position in ("1_2", "2_2", "3_1"):
            taken.append(np.moveaxis(maps, 0, -1))
    return taken


def handcrafted(picture, _tensors=None):
    """L*a*b*/100, gradient magnitude and local deviation of L* at four Gaussian scales."""
    lab = lab_from_srgb(picture) / 100
    channels = []
    for sigma in (1, 2, 4, 8):

        def blur(plane, sigma=sigma):
            return ndimage.gaussian_filter(plane, sigma, mode="nearest", radius=3 * sigma)

        lightness = blur(lab[..., 0])
        padded = np.pad(lightness, 1, mode="edge")
        slope_y = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
        slope_x = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
        deviation = np.sqrt(np.maximum(blur(lab[..., 0] ** 2) - lightness**2, 0))
        channels += [lightness, blur(lab[..., 1]), blur(lab[..., 2]), np.hypot(slope_y, slope_x), deviation]
    return [np.stack(channels, axis=-1)]


def standardized(target, reference):
    """Each channel over its deviation over both pictures, each counting as much as the other."""
    mean = (target.mean(axis=0) + reference.mean(axis=0)) / 2
    variance = (((target - mean) ** 2).mean(axis=0) + ((reference - mean) ** 2).mean(axis=0)) / 2
    deviation = np.where(np.sqrt(variance) < 1e-8, 1, np.sqrt(variance))
    return target / deviation, reference / deviation
