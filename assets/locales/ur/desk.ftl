# What the desk tells people, in Urdu. Each notice: what happened, what was kept, what to do.
