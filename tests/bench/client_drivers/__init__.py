"""What runs inside the environment of a client: it makes images with the client's own classes and says how it went.

Nothing here imports this project's package, whose dependencies the environments of clients do not have.
"""
