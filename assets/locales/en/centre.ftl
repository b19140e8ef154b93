# What the person who starts a centre reads when it does not start: what happened, what was kept, what to do.

centre-postgres-missing = PostgreSQL was not found, so the centre cannot keep records. Nothing was changed.
    Install it (Debian: apt install postgresql-15), or name a server with --database URL.
centre-postgres-failed = PostgreSQL's program { $program } failed. Everything stored is kept.
    Read what it said, mend the cause and start again: { $log }
centre-port-in-use = Another program listens on { $address }. Everything stored is kept.
    Stop that program, or choose another address with --listen.
centre-listen = The centre cannot listen on { $address } ({ $reason }). Everything stored is kept.
    Choose an address of this machine with --listen.
centre-busy = Another centre works in { $folder }. Everything stored is kept.
    Stop it first, or choose another folder with --data.
centre-not-running = A centre holds { $folder }, but its database does not answer. Nothing was changed.
    Wait until it has started, or stop it, and repeat the command.
centre-file = A file or folder of the centre cannot be used: { $what } ({ $reason }). Everything stored is kept.
    Look at the disk's free space and at who owns the folder, then start again.
centre-database = The database cannot be used ({ $reason }). Everything stored is kept.
    Look whether the server of --database runs and lets this user in, then start again.
centre-migration = The database could not be brought to this version ({ $reason }). It stays as it was.
    Start the version that used it last, or restore a copy of the database.
centre-blobs = The packet store failed ({ $reason }). Every packet that was confirmed is kept.
    Look at the disk under the folder packets, then start again.
centre-keys = The centre's { $what } is damaged. It was not replaced, because a new one would shut every station out.
    Restore the folder keys from its copy, then start again.
centre-key-missing = The centre's { $what } is missing. No new one was made, because the centre could then not open what stations have sealed for it.
    Restore the folder keys from its copy, then start again. Only for a new centre: shanakht-centre init.
centre-other-keys = The database belongs to a centre with another { $what }. Nothing was signed or changed.
    Name the folder and the database that belong together, or restore the folder keys from its copy.
centre-token = The token that keeps the centre's keys cannot be used ({ $reason }). Nothing was signed or changed.
    Look at the token, and at what keys/token.json names: the library, the token's label and the file of its PIN.
centre-envelope = The centre's keys could not sign or open something ({ $reason }). Everything stored is kept.
    Restore the folder keys from its copy, then start again.
centre-models = The face models could not be loaded ({ $reason }). Nothing was changed.
    Name their folder with --models, or restore assets/models.
centre-refused = This was not done: { $reason }. Nothing was changed.
    Correct the command and repeat it.
centre-ended = A part of the centre ended unexpectedly ({ $what }). Everything confirmed is kept.
    Start it again; where it happens twice, keep the log and report it.
