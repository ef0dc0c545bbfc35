using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>Any potential averaged over a small finite group, which makes every element an exact symmetry: φ(x) = |G|⁻¹ Σ_g φ₀(gx).</summary>
/// <remarks>An evaluation costs |G| evaluations of φ₀, in one batch. Zhang, E, Wang (2018), section 4.2, with the average in place of sampled elements.</remarks>
public sealed class SymmetrizedPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    public const string Kind = "symmetrized";

    private const int LargestGroup = 4096;
    private const long LargestTable = 1 << 26;

    private readonly Potential _inner;
    private readonly SymmetryGroup _group;
    private readonly Tensor _sources;
    private readonly Tensor _inverses;
    private readonly Tensor _signs;

    /// <summary>Averages a potential.</summary>
    /// <param name="inner">φ₀, disposed with this potential.</param>
    /// <param name="group">G, of at most 4096 elements.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates, or has too many elements.</exception>
    public SymmetrizedPotential(Potential inner, SymmetryGroup group)
        : base(Kind, inner is null ? throw new ArgumentNullException(nameof(inner)) : inner.Dimension)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (group.Dimension != inner.Dimension)
        {
            throw new ArgumentException($"Expected a group acting on {inner.Dimension} coordinates, as the potential does, got one acting on {group.Dimension}.", nameof(group));
        }

        (_inner, _group) = (inner, group);
        var elements = Elements(group);
        _sources = Table(elements.Select(element => element.Source));
        _inverses = Table(elements.Select(element => element.Inverse().Source));
        _signs = tensor(elements.Select(element => (double)element.Sign).ToArray(), [1, elements.Count, 1], dtype: float64).DetachFromDisposeScope();
        register_module("inner", inner);
        register_buffer("sources", _sources);
        register_buffer("inverses", _inverses);
        register_buffer("signs", _signs);
    }

    /// <summary>G.</summary>
    public override SymmetryGroup Symmetry => _group;

    private long Order => _sources.shape[0];

    /// <inheritdoc/>
    public override Tensor Value(Tensor x, double time = 0)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        return _inner.Value(Images(x), time).view(-1, Order).mean([1L]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        // vᵀ∇²φ₀(gx)v of the average is (gv)ᵀ∇²φ₀(gx)(gv) of each image.
        var movedProbes = probes is null ? null : stack([.. probes.unbind(0).Select(Images)]);
        var (gradients, laplacians) = _inner.Derivatives(Images(x), time, estimator, movedProbes);
        var index = _inverses.unsqueeze(0).expand(x.shape[0], Order, Dimension);
        var gradient = gradients.view(-1, Order, Dimension).gather(2, index).mul(Signs(x)).mean([1L]);
        return new(gradient.MoveToOuterDisposeScope(), laplacians.view(-1, Order).mean([1L]).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override StoredComponent Store()
    {
        var stored = _inner.Store();
        var generators = _group.Generators.Select(element => (JsonNode)new JsonObject
        {
            ["source"] = new JsonArray([.. element.Source.Select(index => (JsonNode)index)]),
            ["sign"] = element.Sign,
        });
        return new(
            Kind,
            new JsonObject { ["inner"] = stored.Kind, ["innerOptions"] = stored.Options, ["generators"] = new JsonArray([.. generators]) },
            stored.Tensors.ToDictionary(tensor => $"inner.{tensor.Key}", tensor => tensor.Value));
    }

    /// <summary>Rebuilds a potential from a flow file.</summary>
    /// <param name="stored">What the file holds.</param>
    /// <param name="read">Reads the potential inside.</param>
    /// <exception cref="FormatException">The stored parameters are no such potential.</exception>
    internal static SymmetrizedPotential Restore(StoredComponent stored, Func<StoredComponent, Potential> read)
    {
        Potential? inner = null;
        try
        {
            const string prefix = "inner.";
            var tensors = stored.Tensors.Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value);
            inner = read(new StoredComponent(stored.Option<string>("inner"), (JsonObject)stored.Options["innerOptions"]!, tensors));
            var generators = stored.Options["generators"]!.AsArray().Select(element =>
                new SymmetryElement([.. element!["source"]!.AsArray().Select(index => index!.GetValue<int>())], element["sign"]!.GetValue<int>()));
            return new(inner, new SymmetryGroup(inner.Dimension, [.. generators]));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NullReferenceException or InvalidCastException)
        {
            inner?.Dispose();
            throw new FormatException($"The stored symmetrised potential does not fit together: {error.Message}", error);
        }
    }

    private static IReadOnlyList<SymmetryElement> Elements(SymmetryGroup group)
    {
        try
        {
            return group.Enumerate((int)Math.Clamp(LargestTable / group.Dimension, 1, LargestGroup));
        }
        catch (InvalidOperationException error)
        {
            throw new ArgumentException($"Expected a group of at most {LargestGroup} elements to average over, got more; average over a subgroup, or sample elements with SampledSymmetryPotential.", nameof(group), error);
        }
    }

    private static Tensor Table(IEnumerable<IReadOnlyList<int>> rows)
    {
        var list = rows.ToList();
        return tensor(list.SelectMany(row => row.Select(index => (long)index)).ToArray(), [list.Count, list[0].Count], dtype: int64).DetachFromDisposeScope();
    }

    /// <summary>gx for every row x and every element g, shape [B·|G|, N].</summary>
    private Tensor Images(Tensor x) => x.index_select(1, _sources.flatten()).view(-1, Order, Dimension).mul(Signs(x)).view(-1, Dimension);

    private Tensor Signs(Tensor x) => _signs.to(x.dtype, x.device);
}
