// Light, dark or high contrast, for the native parts of the window; the page follows through its media queries.
import { nativeTheme } from 'electron'
import type { PreferenceValues } from '../preferences/preference-values.ts'

/** High contrast is drawn by the page; for the native parts it follows the system. */
export function applyTheme(theme: PreferenceValues['theme']): void {
  nativeTheme.themeSource = theme === 'contrast' ? 'system' : theme
}

/** What is seen before the page has painted: Momentum's grouped background. */
export function backgroundColour(): string {
  return nativeTheme.shouldUseDarkColors ? '#000000' : '#f7f7f7'
}
