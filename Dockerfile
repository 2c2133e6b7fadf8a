# syntax=docker/dockerfile:1
# darknet_py in a slim image, as a user without rights, with an OpenCV that needs no library of the system:
#     docker build -t darknet_py .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" darknet_py read plate.jpg
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip install --no-cache-dir build==1.2.2 && python -m build --wheel --outdir /wheels

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 DARKNET_PY_CACHE=/opt/kernels
COPY --from=build /wheels /tmp/wheels
COPY examples/plate.jpg /tmp/plate.jpg
# The package asks for opencv-python; here opencv-python-headless stands in its place. Versions are left to pip on purpose.
# hadolint ignore=DL3013
RUN pip install --no-cache-dir "numpy>=1.24" "numba>=0.61" "opencv-python-headless>=4.5" tqdm requests filelock platformdirs \
    && pip install --no-cache-dir --no-deps /tmp/wheels/*.whl \
    && mkdir -m 755 /opt/kernels && darknet_py read /tmp/plate.jpg && rm -r /tmp/wheels /tmp/plate.jpg \
    && useradd --create-home --uid 1000 darknet
# The kernels were compiled for the processor that built the image. On another one they are compiled in each container, unless
# a folder of the user's is given: -v kernels:/home/darknet/.cache -e DARKNET_PY_CACHE=/home/darknet/.cache/darknet_py
USER 1000
WORKDIR /work
ENTRYPOINT ["darknet_py"]
CMD ["--help"]
