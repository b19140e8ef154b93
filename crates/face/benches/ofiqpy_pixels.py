"""The peer of the face bench's pixel components: PyPI `ofiqpy` on the same aligned faces.

usage: ofiqpy_pixels.py FOLDER     FOLDER has face-N.rgb (616 x 616) and face-N.json (68 landmarks); prints one JSON object
"""
import json
import statistics
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from ofiqpy.align import landmarked_region
from ofiqpy.measures import pixel
from ofiqpy.measures.core import Measures

SIDE = 616
REPEATS = 5
# The places that ofiqpy reads of its 98 landmarks, as places of the 68.
OF_98 = {60: 36, 64: 39, 68: 42, 72: 45, 90: 62, 94: 66, 16: 8}


def session(rgb, landmarks):
    """The hull of 98 landmarks of which the rest lie on the others is the hull of the 68."""
    points = np.array([landmarks[place % 68] for place in range(98)], np.float64)
    for place, ours in OF_98.items():
        points[place] = landmarks[ours]
    # Those that OF_98 has covered over.
    free = [place for place in range(98) if place not in OF_98]
    for place, ours in zip(free, range(68)):
        points[place] = landmarks[ours]
    region = landmarked_region(points)
    return SimpleNamespace(
        aligned_face=np.ascontiguousarray(rgb[:, :, ::-1]),
        aligned_landmarks=points,
        landmarked_region=region,
        occlusion_mask=np.ones_like(region),
    )


def measures(s):
    return [
        pixel.illumination_uniformity(s),
        Measures.luminance_mean(None, s),
        pixel.luminance_variance(s),
        pixel.under_exposure(s),
        pixel.over_exposure(s),
        pixel.dynamic_range(s),
        pixel.natural_colour(s),
    ]


def main(folder):
    faces, taken = [], []
    for nth in range(1000):
        pixels = folder / f"face-{nth}.rgb"
        if not pixels.exists():
            break
        rgb = np.frombuffer(pixels.read_bytes(), np.uint8).reshape(SIDE, SIDE, 3)
        landmarks = json.loads((folder / f"face-{nth}.json").read_text())
        for _ in range(REPEATS):
            start = time.perf_counter()
            found = measures(session(rgb, landmarks))
            taken.append((time.perf_counter() - start) * 1000.0)
        faces.append({m.name: [m.raw, m.scalar] for m in found})
    print(json.dumps({"faces": faces, "ms": statistics.median(taken)}))


main(Path(sys.argv[1]))
