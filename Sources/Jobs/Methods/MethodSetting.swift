/// One setting of a method, said once: its key in the configuration and in `train --set`, what it is unless somebody says
/// otherwise, what it may be, and what it is for. Those that a method has of its own stand in its folder, those that several
/// have in `SharedSettings`.
package struct MethodSetting<Value: Sendable>: Sendable {
  /// Lower-case words with dashes.
  package let key: String
  package let standard: Value
  package let form: SettingForm<Value>
  /// A sentence.
  package let help: String
  package let member: String?

  /// - Parameter member: only of settings that stored JSON has always had, see `DeclaredSetting.member`.
  package init(
    _ key: String, _ standard: Value, _ form: SettingForm<Value>, _ help: String, storedAs member: String? = nil
  ) {
    (self.key, self.standard, self.form, self.help, self.member) = (key, standard, form, help, member)
  }

  /// What is wrong with a value; nil if nothing is.
  package func problem(with value: Value) -> String? {
    do throws(BrokenRule) { _ = try form.read(form.write(value)) } catch { return error.rule }
    return nil
  }

  func value(in settings: MethodSettings) throws(BrokenRule) -> Value {
    guard let stored = settings[stored: self] else { return standard }
    return try form.restore(stored)
  }
}

/// A setting, whatever the type of its value.
package protocol DeclaredSetting: Sendable {
  var key: String { get }
  var help: String { get }

  /// What stored JSON calls it. Settings of the first versions stand there whether something is said or not, and a
  /// generator is found again by a digest of that JSON. Nil for all others: JSON has those under `own`, by their key and only
  /// where they are not as by default, so that a new setting leaves old digests alone.
  var member: String? { get }

  /// In words.
  var rule: String { get }

  /// What it is by default, as JSON has it.
  var storedStandard: SettingValue? { get }

  /// Takes a value in the configuration's notation.
  func read(_ value: SettingValue, into settings: inout MethodSettings) throws(BrokenRule)

  /// Its value in the configuration's notation; of settings of which nothing is said, what it is by default.
  func text(in settings: MethodSettings) -> String

  /// What is wrong with its value; nil if nothing is.
  func problem(in settings: MethodSettings) -> String?
}

extension MethodSetting: DeclaredSetting {
  package var rule: String { form.rule }
  package var storedStandard: SettingValue? { form.stored(standard) }

  package func read(_ value: SettingValue, into settings: inout MethodSettings) throws(BrokenRule) {
    settings[self] = try form.read(value)
  }

  package func text(in settings: MethodSettings) -> String { form.write(settings[self]).description }

  package func problem(in settings: MethodSettings) -> String? {
    do throws(BrokenRule) { _ = try value(in: settings) } catch { return error.rule }
    return nil
  }
}
