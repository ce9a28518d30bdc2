using System.Collections.Frozen;

namespace Softly.Tasks.Mathematics;

/// <summary>Names and words that an answer may hold.</summary>
internal static class Vocabulary
{
    /// <summary>Functions of what follows them, with or without brackets.</summary>
    public static readonly FrozenSet<string> Functions = Set(
        "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch arsinh arcosh artanh "
        + "log ln exp abs floor ceil gcd lcm max min det deg arg Re Im sgn");

    /// <summary>Commands and plain words that mean another one.</summary>
    public static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["asin"] = "arcsin", ["acos"] = "arccos", ["atan"] = "arctan", ["acot"] = "arccot", ["tg"] = "tan", ["ctg"] = "cot",
        ["cosec"] = "csc", ["arcsinh"] = "arsinh", ["arccosh"] = "arcosh", ["arctanh"] = "artanh", ["asinh"] = "arsinh",
        ["acosh"] = "arcosh", ["atanh"] = "artanh", ["arctg"] = "arctan", ["ceiling"] = "ceil", ["sign"] = "sgn",
        ["leq"] = "le", ["leqslant"] = "le", ["leqq"] = "le", ["geq"] = "ge", ["geqslant"] = "ge", ["geqq"] = "ge", ["neq"] = "ne",
        ["lt"] = "<", ["gt"] = ">", ["cdotp"] = "cdot", ["ast"] = "cdot", ["bullet"] = "cdot", ["times"] = "times", ["to"] = "to",
        ["rightarrow"] = "to", ["longrightarrow"] = "to", ["Rightarrow"] = "implies", ["Longrightarrow"] = "implies",
        ["Leftrightarrow"] = "implies", ["iff"] = "implies", ["infinity"] = "infty", ["inf"] = "infty", ["oo"] = "infty",
        ["varnothing"] = "emptyset", ["backslash"] = "setminus", ["smallsetminus"] = "setminus", ["approxeq"] = "approx",
        ["thickapprox"] = "approx", ["simeq"] = "approx", ["sim"] = "sim", ["cong"] = "cong", ["dots"] = "ldots", ["cdots"] = "ldots",
        ["dotsc"] = "ldots", ["dotsb"] = "ldots", ["union"] = "cup", ["intersect"] = "cap", ["bigcup"] = "cup", ["bigcap"] = "cap",
        ["lbrace"] = "{", ["rbrace"] = "}", ["lbrack"] = "[", ["rbrack"] = "]", ["lparen"] = "(", ["rparen"] = ")",
        ["vert"] = "|", ["lvert"] = "|", ["rvert"] = "|", ["mid"] = "|", ["colon"] = ":", ["Vert"] = "norm", ["lVert"] = "norm",
        ["rVert"] = "norm", ["rangle"] = "rangle", ["degree"] = "circ", ["choose"] = "choose", ["dbinom"] = "binom",
        ["tbinom"] = "binom", ["land"] = ",and", ["lor"] = ",or", ["wedge"] = ",and", ["vee"] = ",or", ["varphi"] = "phi",
        ["varepsilon"] = "epsilon", ["vartheta"] = "theta", ["mod"] = "mod", ["bmod"] = "mod", ["pmod"] = "pmod", ["pi"] = "pi",
        ["Pi"] = "Pi", ["imath"] = "i", ["sqrt"] = "sqrt", ["cbrt"] = "cbrt", ["lnot"] = "not", ["neg"] = "not", ["prime"] = "prime",
        ["ell"] = "ell", ["nsubseteq"] = "notsubset", ["notin"] = "notin", ["subseteq"] = "subset", ["colonequals"] = "=",
    }.ToFrozenDictionary();

    /// <summary>Names of Greek and other letters that stand for something.</summary>
    public static readonly FrozenSet<string> Letters = Set(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega Gamma Delta "
        + "Theta Lambda Xi Pi Sigma Phi Psi Omega ell hbar angle triangle square nabla partial prime omicron mho");

    /// <summary>Every command that has a meaning here; longer spellings may begin with one.</summary>
    public static readonly FrozenSet<string> Commands = Functions.Concat(Letters).Concat(Aliases.Keys).Concat(
        ("frac over binom cdot div pm mp circ le ge ne in subset supset equiv approx cup cap setminus emptyset infty lfloor rfloor "
         + "lceil rceil langle sum prod int iint oint lim ldots implies overline bar vec hat tilde dot widehat overrightarrow "
         + "underline log exp dagger perp parallel propto because therefore not").Split(' ')).ToFrozenSet();

    /// <summary>Words without a backslash that are mathematics.</summary>
    public static readonly FrozenSet<string> PlainNames = Functions.Concat(Set(
        "sqrt cbrt pi theta alpha beta gamma delta lambda omega sigma phi infty infinity inf oo asin acos atan asinh acosh atanh "
        + "arcsinh arccosh arctanh ceiling sign binom frac cdot times div cup cap union mod leq geq neq pm")).Except(
        ["deg", "arg", "Re", "Im", "det"]).ToFrozenSet();

    private static readonly FrozenSet<string> ShortWords = Set(
        "no if is to on up of at by it be we he as yes odd one two six ten all any the are not for has set can its our but why "
        + "nan none dne red day may new low top old men tie win Yes No True");

    private static readonly FrozenSet<string> Vowels = Set("a e i o u");

    /// <summary>Whether a run of letters is a word of a language and not letters multiplied.</summary>
    public static bool IsWord(string run)
    {
        if (run.Length < 2) return false;
        if (ShortWords.Contains(run)) return true;
        if (run.Any(c => c > 127)) return run.Length > 2;
        var ascending = run.Zip(run.Skip(1)).All(p => p.First < p.Second);
        if (run.Length == 2 || ascending && run.Length < 6) return false;
        if (run.All(char.IsAsciiLetterUpper)) return run.Length > 4;
        if (run.Length > 3) return true;
        return run.Skip(1).All(char.IsAsciiLetterLower)
            && run.Any(c => Vowels.Contains(char.ToLowerInvariant(c).ToString()));
    }

    /// <summary>Numbers in words, up to twenty and the tens.</summary>
    public static Rational? NumberWord(string word)
    {
        string[] small = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
        string[] tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        var parts = word.ToLowerInvariant().Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
        Rational total = 0, hundreds = 0;
        if (parts.Length == 0) return null;
        foreach (var part in parts)
        {
            if (Array.IndexOf(small, part) is >= 0 and var unit) total += unit;
            else if (Array.IndexOf(tens, part) is >= 0 and var ten) total += 10 * (ten + 2);
            else if (part == "hundred" && !total.IsZero) total *= 100;
            else if (part is "thousand" or "million" && !total.IsZero)
            {
                hundreds += total * (part == "million" ? 1_000_000 : 1000);
                total = 0;
            }
            else return null;
        }
        return parts is ["zero"] || total + hundreds != 0 ? total + hundreds : null;
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();
}
