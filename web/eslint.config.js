import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// Text that people read comes from the message catalog, never from the code.
const worded = /\p{L}{2,}/u;
// The product's name and paths are the same in every language.
const isText = (text) => worded.test(text) && text.trim() !== "Bellwether" && !text.trim().startsWith("/");
const spoken = new Set(["title", "label", "placeholder", "alt", "aria-label", "description", "okText", "cancelText"]);
const noLiteralText = {
  meta: { type: "problem", schema: [], messages: { text: "Text comes from the message catalog: {{text}}" } },
  create: (context) => ({
    JSXText(node) {
      if (isText(node.value)) context.report({ node, messageId: "text", data: { text: node.value.trim() } });
    },
    JSXAttribute(node) {
      const value = node.value;
      if (value?.type !== "Literal" || typeof value.value !== "string") return;
      if (spoken.has(String(node.name.name)) && isText(value.value)) {
        context.report({ node, messageId: "text", data: { text: value.value } });
      }
    },
  }),
};

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts", "test-results", "playwright-report"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks, house: { rules: { "no-literal-text": noLiteralText } } },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "house/no-literal-text": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
    },
  },
);
