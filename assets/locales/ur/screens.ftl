# The screens' labels, in Urdu.
