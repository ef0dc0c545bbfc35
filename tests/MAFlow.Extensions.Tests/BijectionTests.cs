using MAFlow.Torch.Bijections;
using MAFlow.Torch.Flows;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

[TestClass]
public sealed class BijectionTests
{
    /// <summary>At the end of a flow it is trained with the potential.</summary>
    [TestMethod]
    public void BehindAFlowItIsTrainedSavedAndLoaded()
    {
        RadialPotential.Register();
        ArcsinhBijection.Register();
        using var data = Examples.Ring(1, 256);
        using var start = zeros(2, dtype: float64);
        var bijection = new ArcsinhBijection(start);
        using var model = Examples.Model(data, Examples.Radial(), last: bijection);
        Examples.AssertTrainsAndComesBack(model, data);
        Near.IsBelow(Near.Difference(start, bijection.get_parameter("logScale")!), 1e-3);
    }

    /// <summary>Before a flow it is preprocessing, fitted to the data.</summary>
    [TestMethod]
    public void BeforeAFlowItIsFittedSavedAndLoaded()
    {
        ArcsinhBijection.Register();
        using var data = Examples.Ring(1, 256);
        using var generator = new Generator(1);
        var options = new DensityModelOptions
        {
            Bijections = [new ArcsinhFit(), new Standardization()],
            HiddenUnits = 8,
            Flow = new() { Horizon = 1, Depth = 4 },
        };
        using var model = options.Build(data, generator);
        Examples.AssertTrainsAndComesBack(model, data);
    }

    [TestMethod]
    public void ItsPointsAreChecked()
    {
        using var scope = NewDisposeScope();
        using var bijection = new ArcsinhBijection(zeros(2, dtype: float64));
        foreach (var map in new Action<Tensor>[] { x => bijection.Forward(x), x => bijection.Inverse(x) })
        {
            Assert.ThrowsExactly<ArgumentException>(() => map(Draw.Normal(1, 6, 3)));
            Assert.ThrowsExactly<ArgumentException>(() => map(ones([6, 2], dtype: int64)));
            Assert.ThrowsExactly<ArgumentNullException>(() => map(null!));
        }
    }

    [TestMethod]
    public void ItsInverseAndItsVolumeAreRight()
    {
        using var scope = NewDisposeScope();
        using var bijection = new ArcsinhBijection(Draw.Normal(3, 3).mul(0.3));
        var x = Draw.Normal(4, 7, 3).requires_grad_();
        var (forward, back) = (bijection.Forward(x), bijection.Inverse(bijection.Forward(x).Points));
        Near.Assert(x, back.Points, 1e-12);
        Near.Assert(forward.LogDeterminant, back.LogDeterminant.neg(), 1e-12);
        // Each coordinate depends on itself alone, so that the Jacobian is its diagonal.
        var slopes = autograd.grad([forward.Points.sum()], [x])[0];
        Near.Assert(slopes.log().sum([1L]), forward.LogDeterminant, 1e-12);
    }
}
