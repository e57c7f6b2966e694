"""Why two implementations are not the same network: a file a part of what can be said."""
