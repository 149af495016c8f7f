"""The stand-in for Cal.com beside recordings of a real one: replayed, and compared.

`replaying` asks the stand-in what the real server was asked; `comparing` says where they differ;
`differences` is the one place where a difference may be explained.
"""
