namespace MAFlow.Torch.Serialization;

/// <summary>
/// The readers of stored components, one for each type and kind, for the whole process: what is registered here can be loaded wherever it
/// lies in a file.
/// </summary>
/// <remarks>The families of this library are registered from the start. Any thread may register and load.</remarks>
public static class Kinds
{
    private static readonly Lock _gate = new();
    private static readonly Dictionary<string, List<Reader>> _readers = new(StringComparer.Ordinal);

    /// <summary>Registers the reader of a kind, before a file that contains one is loaded. Registering it again changes nothing.</summary>
    /// <typeparam name="T">
    /// Potential, ConditionalPotential, Bijection, Integrator, LaplacianEstimator, or a type derived from one of them.
    /// </typeparam>
    /// <param name="kind">The kind that the stored component was made with.</param>
    /// <param name="read">
    /// Rebuilds a component from what its Store() returned. What it throws about the content (ArgumentException, InvalidOperationException,
    /// …) becomes a FormatException.
    /// </param>
    /// <exception cref="InvalidOperationException">The kind has another reader.</exception>
    public static void Register<T>(string kind, Func<StoredComponent, T> read)
        where T : class
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(kind);
        ArgumentNullException.ThrowIfNull(read);
        var added = new Reader(typeof(T), read);
        lock (_gate)
        {
            if (!_readers.TryGetValue(kind, out var readers))
            {
                _readers.Add(kind, readers = []);
            }

            if (readers.Find(other => other.Concerns(added.Type)) is not { } present)
            {
                readers.Add(added);
            }
            else if (present.Read.Method != read.Method || !Equals(present.Read.Target, read.Target))
            {
                throw new InvalidOperationException(
                    $"Expected a kind of {typeof(T).Name} that has no reader yet, "
                    + $"got '{kind}', which {present.Read.Method.DeclaringType?.Name} reads; choose another name.");
            }
        }
    }

    /// <summary>Rebuilds a component by the reader of its kind.</summary>
    /// <exception cref="FormatException">No reader is registered, or the component does not fit together.</exception>
    internal static T Read<T>(StoredComponent stored)
        where T : class
    {
        Func<StoredComponent, T>? read;
        lock (_gate)
        {
            var reader = _readers.GetValueOrDefault(stored.Kind)?.Find(reader => typeof(T).IsAssignableFrom(reader.Type));
            read = reader?.Read as Func<StoredComponent, T>;
        }

        return read is null
            ? throw new FormatException(
                $"Expected a known {typeof(T).Name}, "
                + $"got '{stored.Kind}'; register a reader with Kinds.Register before loading, or update MAFlow. "
                + $"Known are {Known(typeof(T))}.")
            : Reading.Guard($"{stored.Kind} {typeof(T).Name}", () => read(stored));
    }

    private static string Known(Type type)
    {
        lock (_gate)
        {
            var names = _readers.Where(pair => pair.Value.Exists(reader => type.IsAssignableFrom(reader.Type))).Select(pair => pair.Key);
            return string.Join(", ", names.Order(StringComparer.Ordinal).DefaultIfEmpty("none"));
        }
    }

    private sealed record Reader(Type Type, Delegate Read)
    {
        /// <summary>Whether a component could be asked for as this type and as another.</summary>
        public bool Concerns(Type other) => Type.IsAssignableFrom(other) || other.IsAssignableFrom(Type);
    }
}
