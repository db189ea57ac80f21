import Foundations

/// Prints a line for people on standard output. Names in it may come from archives, packages and models.
func printLine(_ text: String) { print(PrintableText(text, limit: .max)) }
