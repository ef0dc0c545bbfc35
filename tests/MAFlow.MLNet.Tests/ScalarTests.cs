using MAFlow.Tests;

namespace MAFlow.MLNet.Tests;

/// <summary>No scalar is made that a garbage collection could free while torch reads it.</summary>
[TestClass]
public sealed class ScalarTests
{
    [TestMethod]
    public void The_plug_in_holds_every_scalar_that_it_makes() =>
        Assert.AreEqual("", string.Join('\n', UnheldScalars.In(typeof(MongeAmpereFlowEstimator).Assembly.Location)));
}
