# The program alone; PostGIS is another container (docker-compose.yml).
FROM python:3.13-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile LICENSE README.md pyproject.toml requirements.lock package.json package-lock.json ./
COPY scripts scripts
COPY data data
COPY geo geo
COPY loaders loaders
COPY templates templates
COPY webmap webmap
RUN make build && rm -rf node_modules

FROM python:3.13-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-microhei && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home fuchun && install -d -o fuchun -m 0700 /var/lib/fuchun
COPY --from=build /app /app
WORKDIR /app
USER fuchun
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FUCHUN_STATE=/var/lib/fuchun
VOLUME /var/lib/fuchun
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["fuchun", "serve", "--host", "0.0.0.0", "--port", "8000"]
