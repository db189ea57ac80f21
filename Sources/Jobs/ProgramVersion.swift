/// The program's version, written into every file that it makes.
package enum ProgramVersion {
  package static let current = "0.1.0"
}
