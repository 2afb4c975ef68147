/** The trimmed text of a form's field, read when it is needed so that it need not be kept. */
export function textOf(form: HTMLFormElement | null, name: string): string {
  const field = form?.elements.namedItem(name)
  return field instanceof HTMLInputElement ? field.value.trim() : ''
}
