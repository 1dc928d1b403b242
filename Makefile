# build/typing/koerier: the rooms under their package name, for mypy
