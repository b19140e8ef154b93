# What the desk tells people, in English. Each notice: what happened, what was kept, what to do.
