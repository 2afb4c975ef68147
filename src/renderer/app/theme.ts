// Which of Momentum's themes the page wears: the person's choice, or what the system says.
import { useEffect } from 'react'
import type { SettingsView } from '#contract/contract.ts'

const dark = window.matchMedia.bind(window, '(prefers-color-scheme: dark)')
const contrast = window.matchMedia.bind(window, '(prefers-contrast: more)')

function classesOf(theme: SettingsView['theme'], isDark: boolean, isContrast: boolean): readonly string[] {
  const darkNow = theme === 'dark' || (theme !== 'light' && isDark)
  const contrastNow = theme === 'contrast' || (theme === 'system' && isContrast)
  const tokens = contrastNow
    ? darkNow
      ? 'mds-theme-stable-hcDarkWebex'
      : 'mds-theme-stable-hcLightWebex'
    : darkNow
      ? 'mds-theme-stable-darkWebex'
      : 'mds-theme-stable-lightWebex'
  return [tokens, ...(darkNow ? ['dark'] : []), ...(contrastNow ? ['contrast'] : [])]
}

export function useTheme(theme: SettingsView['theme']): void {
  useEffect(() => {
    const root = document.documentElement
    const queries = [dark(), contrast()]
    const dress = () => {
      root.className = [
        'mds-typography mds-elevation',
        ...classesOf(theme, dark().matches, contrast().matches),
      ].join(' ')
    }
    dress()
    for (const query of queries) query.addEventListener('change', dress)
    return () => {
      for (const query of queries) query.removeEventListener('change', dress)
    }
  }, [theme])
}
