# The screens' labels, in English.
