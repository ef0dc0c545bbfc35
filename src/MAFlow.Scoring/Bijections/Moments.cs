namespace MAFlow.Scoring.Bijections;

/// <summary>Centres and scales of features, as a file has them.</summary>
internal static class Moments
{
    /// <summary>One float64 number per feature.</summary>
    /// <exception cref="FormatException">There is none of that name, or it has another form.</exception>
    public static double[] Numbers(StoredComponent stored, string name)
    {
        var tensor = stored.Tensor(name);
        return tensor.IsWide(1) && tensor.Values.Length > 0
            ? tensor.Values
            : throw new FormatException(
                $"Expected one float64 number per feature as '{name}' in the stored {stored.Kind}; the file is damaged.");
    }

    /// <summary>So many positive numbers.</summary>
    /// <exception cref="FormatException">They are fewer or more, or one is not positive.</exception>
    public static double[] Positive(StoredComponent stored, string name, int count)
    {
        var numbers = Numbers(stored, name);
        return numbers.Length == count && Array.TrueForAll(numbers, number => number > 0)
            ? numbers
            : throw new FormatException($"Expected {count} positive numbers as '{name}' in the stored {stored.Kind}; the file is damaged.");
    }
}
