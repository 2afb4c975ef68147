window.views = []
window.bridge.onView((view) => window.views.push(view))

try {
  window.evaluated = Reflect.construct(Function, ['return "ran"'])()
} catch (error) {
  window.evaluated = error.name
}
