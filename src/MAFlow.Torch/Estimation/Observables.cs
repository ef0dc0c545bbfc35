using System.Collections.ObjectModel;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>What is averaged over the target: functions of points x [B, N] to [B], by name.</summary>
internal sealed class Observables
{
    private readonly Dictionary<string, Func<Tensor, Tensor>> _functions = [];

    /// <param name="observables">Functions by name; none when null.</param>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    public Observables(IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null)
    {
        foreach (var (name, function) in observables ?? ReadOnlyDictionary<string, Func<Tensor, Tensor>>.Empty)
        {
            _functions[name] = function ?? throw new ArgumentNullException(nameof(observables));
        }
    }

    /// <summary>All names, in the order in which they were given.</summary>
    public IReadOnlyCollection<string> Names => _functions.Keys;

    /// <summary>The values of all functions at points, by name.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    public IEnumerable<KeyValuePair<string, double[]>> At(Tensor x)
    {
        foreach (var (name, function) in _functions)
        {
            yield return new(name, FlowWeights.Numbers(function(x)));
        }
    }

    /// <summary>An empty list for every name, to be filled by <see cref="At"/>.</summary>
    public Dictionary<string, List<T>> Lists<T>() => Names.ToDictionary(name => name, _ => new List<T>());
}
