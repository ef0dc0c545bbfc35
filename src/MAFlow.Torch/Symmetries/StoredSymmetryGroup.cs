using System.Text.Json.Serialization;

namespace MAFlow.Torch.Symmetries;

/// <summary>How a group lies in a file: by its generators.</summary>
internal static class StoredSymmetryGroup
{
    private const string Generators = "generators";

    extension(SymmetryGroup group)
    {
        /// <summary>Adds the generators to a component.</summary>
        public StoredComponent Store(StoredComponent component) =>
            component.With(Generators, group.Generators.Select(element => new StoredElement([.. element.Source], element.Sign)).ToArray());
    }

    extension(SymmetryGroup)
    {
        /// <summary>The group whose generators a component holds.</summary>
        /// <exception cref="FormatException">They are no permutations.</exception>
        public static SymmetryGroup Restore(StoredComponent component, long dimension) =>
            new(
                dimension,
                [.. component.Option<StoredElement[]>(Generators).Select(element => new SymmetryElement(element.Source, element.Sign))]);
    }

    private sealed record StoredElement([property: JsonPropertyName("source")] int[] Source, [property: JsonPropertyName("sign")] int Sign);
}
