// An expression -> its syntax tree, by GitHub's lexer and parser.
import { Lexer, Parser } from "@actions/expressions";
import { TokenType } from "@actions/expressions/lexer";
import { Refusal } from "./errors.js";

/** The tree of an expression in which these contexts and functions are known. */
export function treeOf(expression, contexts, functions) {
  const { tokens } = new Lexer(expression).lex();
  try {
    return new Parser(tokens.map(mended), contexts, functions).parse();
  } catch (error) {
    // GitHub's parser has accepted it, so it is about something that is not built here, such as hashFiles.
    throw new Refusal(`${expression}: this executor cannot read it: ${error.message}`);
  }
}

// The lexer undoes only the first '' of a string (0.3.61, consumeString), so that a script with an expression and more
// than one quote would be another one than on GitHub.
function mended(token) {
  if (token.type !== TokenType.STRING) return token;
  return { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") };
}
