using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>What is averaged over the target: functions of points x [B, N] to [B], by name.</summary>
/// <remarks>Written as <c>new Observables { ["x²"] = x => x.square().sum([1L]) }</c>.</remarks>
public sealed class Observables
{
    private readonly Dictionary<string, Func<Tensor, Tensor>> _functions = [];

    /// <summary>The function of a name.</summary>
    /// <param name="name">As it stands in the results.</param>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Func<Tensor, Tensor> this[string name]
    {
        get => _functions[name];
        set => _functions[name] = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>All names, in the order in which they were given.</summary>
    internal IReadOnlyCollection<string> Names => _functions.Keys;

    /// <summary>The values of all functions at points, by name.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    internal IEnumerable<KeyValuePair<string, double[]>> At(Tensor x)
    {
        foreach (var (name, function) in _functions)
        {
            yield return new(name, FlowWeights.Numbers(function(x)));
        }
    }

    /// <summary>An empty list for every name, to be filled by <see cref="At"/>.</summary>
    internal Dictionary<string, List<T>> Lists<T>() => Names.ToDictionary(name => name, _ => new List<T>());
}
