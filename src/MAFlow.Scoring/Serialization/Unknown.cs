namespace MAFlow.Scoring.Serialization;

/// <summary>The answer to kinds that this library does not score.</summary>
internal static class Unknown
{
    /// <param name="what">Family: potential, bijection, integrator.</param>
    /// <param name="kind">The kind in the file.</param>
    /// <param name="known">The kinds that are scored here.</param>
    public static NotSupportedException Kind(string what, string kind, params IEnumerable<string> known) =>
        new($"Expected {(what[0] is 'a' or 'i' ? "an" : "a")} {what} of kind {string.Join(", ", known)}, got '{Excerpt(kind)}'; "
            + "MAFlow.Torch scores it where it knows the kind.");

    /// <summary>The beginning of a text that may be long.</summary>
    public static string Excerpt(string text) => text.Length <= 100 ? text : $"{text[..100]}…";
}
