-- Files of the library see three tables that the host puts there; scripts of users see the globals of the sandbox.
std = "lua54"
max_line_length = 120
-- Made for editors, which read the comments.
exclude_files = { "lua/meta" }
files["lua/nightjar"] = { globals = { "nj", "base" }, read_globals = { "native", "public_nj" } }
