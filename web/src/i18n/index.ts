// The message catalog: English and Spanish, complete; a test keeps them so.
import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { readPref } from "../app/prefs";
import en from "./en.json";
import es from "./es.json";

export const languages = { en: "English", es: "Español" } as const;
export type Language = keyof typeof languages;

function firstLanguage(): Language {
  const chosen = readPref<string>("lang", "");
  if (chosen in languages) return chosen as Language;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages);
  return (wanted as Language | undefined) ?? "en";
}

/** startI18n loads the catalog and keeps the document's language in step. */
export async function startI18n(): Promise<void> {
  i18n.on("languageChanged", (lang) => {
    document.documentElement.lang = lang;
    document.documentElement.dir = i18n.dir(lang);
  });
  await i18n.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: "en",
    resources: { en: { translation: en }, es: { translation: es } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}
