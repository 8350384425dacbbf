/**
 * The messages that helm and kubectl send as protobuf, member by member: name, field number, type. `[]` repeats, `map:`
 * maps from text, `?` is a pointer in Go, so that its zero value is said on purpose and kept; other zero values are what
 * Go writes for nothing. A member that is not listed is refused, so that nothing is lost silently.
 */
export const MESSAGES: Readonly<Record<string, string>> = {
  ObjectMeta:
    'name:1:string generateName:2:string namespace:3:string selfLink:4:string uid:5:string resourceVersion:6:string ' +
    'generation:7:int64 creationTimestamp:8:Time deletionTimestamp:9:Time deletionGracePeriodSeconds:10:int64? ' +
    'labels:11:map:string annotations:12:map:string ownerReferences:13:OwnerReference[] finalizers:14:string[] ' +
    'managedFields:17:ManagedFieldsEntry[]',
  OwnerReference:
    'kind:1:string name:3:string uid:4:string apiVersion:5:string controller:6:bool? blockOwnerDeletion:7:bool?',
  ManagedFieldsEntry:
    'manager:1:string operation:2:string apiVersion:3:string time:4:Time fieldsType:6:string fieldsV1:7:FieldsV1 subresource:8:string',
  FieldsV1: 'Raw:1:bytes',
  Time: 'seconds:1:int64 nanos:2:int32',
  Quantity: 'string:1:string',
  IntOrString: 'type:1:int64 intVal:2:int32 strVal:3:string',
  LabelSelector: 'matchLabels:1:map:string matchExpressions:2:LabelSelectorRequirement[]',
  LabelSelectorRequirement: 'key:1:string operator:2:string values:3:string[]',
  DeleteOptions:
    'gracePeriodSeconds:1:int64? preconditions:2:Preconditions orphanDependents:3:bool? propagationPolicy:4:string dryRun:5:string[] ' +
    'ignoreStoreReadErrorWithClusterBreakingPotential:6:bool?',
  Preconditions: 'uid:1:string resourceVersion:2:string',

  Secret: 'metadata:1:ObjectMeta data:2:map:bytes type:3:string stringData:4:map:string immutable:5:bool?',
  ConfigMap: 'metadata:1:ObjectMeta data:2:map:string binaryData:3:map:bytes immutable:4:bool?',
  Namespace: 'metadata:1:ObjectMeta spec:2:NamespaceSpec status:3:NamespaceStatus',
  NamespaceSpec: 'finalizers:1:string[]',
  NamespaceStatus: 'phase:1:string',
  ServiceAccount: 'metadata:1:ObjectMeta automountServiceAccountToken:4:bool?',
  ResourceQuota: 'metadata:1:ObjectMeta spec:2:ResourceQuotaSpec status:3:Empty',
  ResourceQuotaSpec: 'hard:1:map:Quantity scopes:2:string[]',
  Service: 'metadata:1:ObjectMeta spec:2:ServiceSpec status:3:ServiceStatus',
  ServiceSpec:
    'ports:1:ServicePort[] selector:2:map:string clusterIP:3:string type:4:string externalIPs:5:string[] sessionAffinity:7:string ' +
    'loadBalancerIP:8:string externalName:10:string externalTrafficPolicy:11:string healthCheckNodePort:12:int32 ' +
    'publishNotReadyAddresses:13:bool clusterIPs:18:string[]',
  ServicePort:
    'name:1:string protocol:2:string port:3:int32 targetPort:4:IntOrString nodePort:5:int32 appProtocol:6:string?',
  ServiceStatus: 'loadBalancer:1:Empty',

  Deployment: 'metadata:1:ObjectMeta spec:2:DeploymentSpec status:3:DeploymentStatus',
  DeploymentSpec:
    'replicas:1:int32? selector:2:LabelSelector template:3:PodTemplateSpec strategy:4:DeploymentStrategy minReadySeconds:5:int32 ' +
    'revisionHistoryLimit:6:int32? paused:7:bool progressDeadlineSeconds:9:int32?',
  DeploymentStatus:
    'observedGeneration:1:int64 replicas:2:int32 updatedReplicas:3:int32 availableReplicas:4:int32 unavailableReplicas:5:int32 ' +
    'readyReplicas:7:int32',
  DeploymentStrategy: 'type:1:string rollingUpdate:2:RollingUpdateDeployment',
  RollingUpdateDeployment: 'maxUnavailable:1:IntOrString maxSurge:2:IntOrString',
  PodTemplateSpec: 'metadata:1:ObjectMeta spec:2:PodSpec',
  PodSpec:
    'containers:2:Container[] restartPolicy:3:string terminationGracePeriodSeconds:4:int64? activeDeadlineSeconds:5:int64? ' +
    'dnsPolicy:6:string nodeSelector:7:map:string serviceAccountName:8:string serviceAccount:9:string nodeName:10:string ' +
    'hostNetwork:11:bool hostPID:12:bool hostIPC:13:bool securityContext:14:Empty hostname:16:string subdomain:17:string ' +
    'schedulerName:19:string initContainers:20:Container[] automountServiceAccountToken:21:bool? priorityClassName:24:string ' +
    'enableServiceLinks:30:bool?',
  Container:
    'name:1:string image:2:string command:3:string[] args:4:string[] workingDir:5:string ports:6:ContainerPort[] env:7:EnvVar[] ' +
    'resources:8:ResourceRequirements terminationMessagePath:13:string imagePullPolicy:14:string stdin:16:bool stdinOnce:17:bool ' +
    'tty:18:bool terminationMessagePolicy:20:string',
  ContainerPort: 'name:1:string hostPort:2:int32 containerPort:3:int32 protocol:4:string hostIP:5:string',
  EnvVar: 'name:1:string value:2:string',
  ResourceRequirements: 'limits:1:map:Quantity requests:2:map:Quantity',

  Job: 'metadata:1:ObjectMeta spec:2:JobSpec status:3:JobStatus',
  JobSpec:
    'parallelism:1:int32? completions:2:int32? activeDeadlineSeconds:3:int64? selector:4:LabelSelector manualSelector:5:bool? ' +
    'template:6:PodTemplateSpec backoffLimit:7:int32? ttlSecondsAfterFinished:8:int32? completionMode:9:string? suspend:10:bool?',
  JobStatus: 'active:4:int32 succeeded:5:int32 failed:6:int32 completedIndexes:7:string',
  CronJob: 'metadata:1:ObjectMeta spec:2:CronJobSpec status:3:Empty',
  CronJobSpec:
    'schedule:1:string startingDeadlineSeconds:2:int64? concurrencyPolicy:3:string suspend:4:bool? jobTemplate:5:JobTemplateSpec ' +
    'successfulJobsHistoryLimit:6:int32? failedJobsHistoryLimit:7:int32? timeZone:8:string?',
  JobTemplateSpec: 'metadata:1:ObjectMeta spec:2:JobSpec',
  HorizontalPodAutoscaler:
    'metadata:1:ObjectMeta spec:2:HorizontalPodAutoscalerSpec status:3:HorizontalPodAutoscalerStatus',
  HorizontalPodAutoscalerSpec:
    'scaleTargetRef:1:CrossVersionObjectReference minReplicas:2:int32? maxReplicas:3:int32 metrics:4:MetricSpec[]',
  HorizontalPodAutoscalerStatus: 'currentReplicas:3:int32 desiredReplicas:4:int32',
  MetricSpec: 'type:1:string resource:4:ResourceMetricSource',
  ResourceMetricSource: 'name:1:string target:2:MetricTarget',
  MetricTarget: 'type:1:string value:2:Quantity averageValue:3:Quantity averageUtilization:4:int32?',
  CrossVersionObjectReference: 'kind:1:string name:2:string apiVersion:3:string',
  PodDisruptionBudget: 'metadata:1:ObjectMeta spec:2:PodDisruptionBudgetSpec status:3:PodDisruptionBudgetStatus',
  PodDisruptionBudgetSpec: 'minAvailable:1:IntOrString selector:2:LabelSelector maxUnavailable:3:IntOrString',
  PodDisruptionBudgetStatus:
    'observedGeneration:1:int64 disruptionsAllowed:3:int32 currentHealthy:4:int32 desiredHealthy:5:int32 expectedPods:6:int32',
  Ingress: 'metadata:1:ObjectMeta spec:2:IngressSpec status:3:IngressStatus',
  IngressSpec: 'defaultBackend:1:IngressBackend tls:2:IngressTLS[] rules:3:IngressRule[] ingressClassName:4:string?',
  IngressStatus: 'loadBalancer:1:Empty',
  IngressTLS: 'hosts:1:string[] secretName:2:string',
  IngressRule: 'host:1:string http:2:IngressRuleValue',
  IngressRuleValue: 'http:1:HTTPIngressRuleValue',
  HTTPIngressRuleValue: 'paths:1:HTTPIngressPath[]',
  HTTPIngressPath: 'path:1:string backend:2:IngressBackend pathType:3:string?',
  IngressBackend: 'service:4:IngressServiceBackend',
  IngressServiceBackend: 'name:1:string port:2:ServiceBackendPort',
  ServiceBackendPort: 'name:1:string number:2:int32',
  Eviction: 'metadata:1:ObjectMeta deleteOptions:2:DeleteOptions',

  PriorityClass:
    'metadata:1:ObjectMeta value:2:int32 globalDefault:3:bool description:4:string preemptionPolicy:5:string?',

  Role: 'metadata:1:ObjectMeta rules:2:PolicyRule[]',
  ClusterRole: 'metadata:1:ObjectMeta rules:2:PolicyRule[]',
  RoleBinding: 'metadata:1:ObjectMeta subjects:2:Subject[] roleRef:3:RoleRef',
  ClusterRoleBinding: 'metadata:1:ObjectMeta subjects:2:Subject[] roleRef:3:RoleRef',
  PolicyRule:
    'verbs:1:string[] apiGroups:2:string[] resources:3:string[] resourceNames:4:string[] nonResourceURLs:5:string[]',
  RoleRef: 'apiGroup:1:string kind:2:string name:3:string',
  Subject: 'kind:1:string apiGroup:2:string name:3:string namespace:4:string',

  SelfSubjectAccessReview:
    'metadata:1:ObjectMeta spec:2:SelfSubjectAccessReviewSpec status:3:SubjectAccessReviewStatus',
  SelfSubjectAccessReviewSpec: 'resourceAttributes:1:ResourceAttributes nonResourceAttributes:2:NonResourceAttributes',
  ResourceAttributes:
    'namespace:1:string verb:2:string group:3:string version:4:string resource:5:string subresource:6:string name:7:string',
  NonResourceAttributes: 'path:1:string verb:2:string',
  SubjectAccessReviewStatus: 'allowed:1:bool reason:2:string evaluationError:3:string denied:4:bool',
  SelfSubjectRulesReview: 'metadata:1:ObjectMeta spec:2:SelfSubjectRulesReviewSpec status:3:SubjectRulesReviewStatus',
  SelfSubjectRulesReviewSpec: 'namespace:1:string',
  SubjectRulesReviewStatus: 'incomplete:3:bool evaluationError:4:string',
  SelfSubjectReview: 'metadata:1:ObjectMeta status:2:SelfSubjectReviewStatus',
  SelfSubjectReviewStatus: 'userInfo:1:UserInfo',
  UserInfo: 'username:1:string uid:2:string groups:3:string[]',
  TokenRequest: 'metadata:1:ObjectMeta spec:2:TokenRequestSpec status:3:TokenRequestStatus',
  TokenRequestSpec: 'audiences:1:string[] boundObjectRef:3:BoundObjectReference expirationSeconds:4:int64?',
  TokenRequestStatus: 'token:1:string expirationTimestamp:2:Time',
  BoundObjectReference: 'kind:1:string apiVersion:2:string name:3:string uid:4:string',

  Empty: '',
  TypeMeta: 'apiVersion:1:string kind:2:string',
  Unknown: 'typeMeta:1:TypeMeta raw:2:bytes contentEncoding:3:string contentType:4:string',
};

/** The version each kind is sent in; the numbers of another version would mean something else. */
export const VERSIONS: Readonly<Record<string, string>> = {
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  ConfigMap: 'v1',
  CronJob: 'batch/v1',
  DeleteOptions: 'v1',
  Deployment: 'apps/v1',
  Eviction: 'policy/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  Ingress: 'networking.k8s.io/v1',
  Job: 'batch/v1',
  Namespace: 'v1',
  PodDisruptionBudget: 'policy/v1',
  PriorityClass: 'scheduling.k8s.io/v1',
  ResourceQuota: 'v1',
  Role: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  Secret: 'v1',
  SelfSubjectAccessReview: 'authorization.k8s.io/v1',
  SelfSubjectReview: 'authentication.k8s.io/v1',
  SelfSubjectRulesReview: 'authorization.k8s.io/v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  TokenRequest: 'authentication.k8s.io/v1',
};
