"""How every shipped model was made, so that anybody can make it again."""
