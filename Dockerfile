# Two images from one wheel: --target store, --target accelerator.
FROM python:3.13-slim AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY sdk sdk
COPY accelerator accelerator
COPY backend_store backend_store
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.13-slim AS base
COPY constraints.txt /wheels/
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt "$(echo /wheels/*.whl)[server]" \
 && useradd --create-home microdax \
 && install --directory --owner microdax /data
USER microdax
WORKDIR /data
VOLUME /data

FROM base AS store
EXPOSE 8001
CMD ["microdax", "store", "--host", "0.0.0.0", "--data", "/data"]

FROM base AS accelerator
EXPOSE 8000
CMD ["microdax", "serve", "--host", "0.0.0.0", "--data", "/data"]
