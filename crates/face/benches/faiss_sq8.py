"""The peer of the gallery bench: FAISS IndexScalarQuantizer (8 bit, inner product) over as many synthetic unit vectors.

usage: faiss_sq8.py TEMPLATES SEARCHES     prints one JSON object
Needs PyPI `faiss-cpu` and `numpy`.
"""
import json
import os
import statistics
import sys
import time

import faiss
import numpy as np

DIMENSIONS = 704


def unit_vectors(rng, count):
    vectors = rng.standard_normal((count, DIMENSIONS), dtype=np.float32)
    faiss.normalize_L2(vectors)
    return vectors


def seconds_a_probe(index, probes, repeats):
    index.search(probes, 10)
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        index.search(probes, 10)
        taken.append((time.perf_counter() - start) / len(probes))
    return statistics.median(taken), min(taken)


def main():
    templates, searches = int(sys.argv[1]), int(sys.argv[2])
    threads = os.cpu_count() or 1
    faiss.omp_set_num_threads(threads)
    rng = np.random.default_rng(1)
    index = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.train(unit_vectors(rng, min(templates, 50_000)))
    while index.ntotal < templates:
        index.add(unit_vectors(rng, min(50_000, templates - index.ntotal)))
    # One probe alone, and as many as keep every core busy: the better of the two is the peer's figure.
    alone, alone_best = seconds_a_probe(index, unit_vectors(rng, 1), searches)
    batch, batch_best = seconds_a_probe(index, unit_vectors(rng, 2 * threads), max(1, searches // 2))
    print(json.dumps({
        "version": faiss.__version__, "templates": index.ntotal, "threads": threads,
        "alone_seconds": alone, "alone_best_seconds": alone_best,
        "batch_seconds": batch, "batch_best_seconds": batch_best, "options": faiss.get_compile_options(),
    }))


if __name__ == "__main__":
    main()
