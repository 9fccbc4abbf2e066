# The image of every program of ours but the gateway: the program, the list of its parts and an empty /tmp, nothing else.
# tools/build makes them first, on a laptop and in Cloud Build alike; their folder is the context, from the repository's root:
#   tools/build order && docker build -f Dockerfile .deploy/order
FROM scratch
COPY . /
USER 65532:65532
ENTRYPOINT ["/program"]
