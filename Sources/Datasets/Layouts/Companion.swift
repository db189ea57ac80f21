extension ArchiveMember {
  /// Whether it is none of the dataset's: hidden, or left by an operating system, a file server or a notebook, as is
  /// everything in such a folder. Companions pass through a release and are never samples or classes.
  var isCompanion: Bool { path.contains(where: Self.isCompanion) }

  private static func isCompanion(_ component: Substring) -> Bool {
    // ".ipynb_checkpoints", ".Trash-1000", ".DS_Store", ".git", "._NAME" of macOS, …
    component.hasPrefix(".") || companions.contains(component.lowercased())
  }

  /// macOS; Synology and QNAP; Linux; Windows; Python. Names that differ in case are the same where they come from.
  private static let companions: Set<String> = [
    "__macosx", "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "lost+found",
    "$recycle.bin", "recycler", "system volume information", "thumbs.db", "ehthumbs.db", "desktop.ini", "__pycache__",
  ]
}
