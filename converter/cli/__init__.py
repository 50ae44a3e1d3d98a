"""The typer app, one file per command. The only room that reads the environment and prints.

Commands parse their options, call the conductor, and print what it says; they decide nothing.
"""
